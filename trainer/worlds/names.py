"""Pools of names: people, companies, places, products, words. Longer pools are divided among the splits (`Dice.draw`)."""

FIRST = tuple(
    """Aaliyah Adam Aiko Alban Alice Amara Amir Ana Andrei Anika Anton Aria Arjun Astrid Aylin Beatriz Ben Bianca Bjorn Bruno Camila Carla
Cedric Chen Chiara Clara Dalia Damian Dana Daria David Deniz Diego Dmitri Edith Elena Eliska Elliot Emeka Emil Enzo Erin Esra Eva Fatima
Felix Fiona Freya Gabriel Gemma Giulia Goran Greta Hamid Hana Hannah Hugo Ibrahim Ida Igor Ilse Imani Ines Ingrid Isaac Ivana Jakub Jamal
Jana Jasper Javier Jelena Joao Jonas Judith Kai Karim Karin Kasper Katya Keiko Kenji Kira Kofi Lars Laila Lea Leon Lina Linh Livia Lorenzo
Lucia Magnus Maja Malik Marco Mariam Marta Mateo Matilda Maya Mei Mikael Mila Milan Mina Miriam Mohammed Nadia Naomi Nasrin Nia Nico Nils
Noor Nora Odette Oksana Olga Oliver Omar Orla Oscar Otto Pablo Paola Pavel Petra Pia Priya Quentin Rafael Rana Ravi Remy Renata Rosa Ruben
Runa Sabine Said Samir Sana Sasha Selma Sergio Signe Silas Simone Sofia Soren Stella Sunil Suzan Svea Talia Tariq Tessa Theo Tiago Timo
Tomas Tove Umar Uma Valentin Vera Viktor Wanda Willem Xenia Yara Yasmin Yuki Yusuf Zara Zoe Zofia""".split()
)
LAST = tuple(
    """Abel Abbasi Adeyemi Aguilar Ahlberg Albers Almeida Amsel Andersen Arslan Asante Bakker Banerjee Barros Bauer Becker Bello Berg Bianchi
Blanc Boateng Borg Brandt Brennan Bruun Calder Campos Carvalho Castellan Cerny Chaudhry Cho Cohen Conti Costa Dahl Daly Danso Demir Diaz
Dietrich Diop Dobrev Dubois Dvorak Eklund Engel Eriksen Farouk Fekete Ferrari Fischer Fontaine Forsberg Fuchs Gallo Garcia Gomes Gruber
Guerin Haas Haddad Hakimi Hansen Hart Hayashi Heller Herrera Hoang Holm Horvat Huber Hussain Iversen Ivanov Jansen Jimenez Joshi Juhasz
Kaplan Karlsen Kato Keller Khan Kim Klein Kovac Kowalski Kraus Kumar Lang Larsen Laurent Lemaire Lind Lopes Lorenz Maier Malik Mancini
Marino Markovic Martel Mbeki Meier Mendes Mensah Meyer Molnar Moreau Mori Murray Nagy Nakamura Navarro Nemeth Nguyen Nielsen Novak Nwosu
Obrien Okafor Olsen Ortega Osei Ozturk Pak Papas Park Patel Pereira Petrov Pham Pinto Popescu Rahman Ramos Rao Reyes Ricci Rossi Roux
Sato Schmid Schulz Sharma Silva Singh Sorensen Soto Stone Suzuki Szabo Takeda Tan Thorne Toth Tran Ueda Vargas Varga Vega Virtanen Vogel
Voss Walsh Weber Weiss Winter Wolf Wong Yamada Yilmaz Young Zapata Zeller Ziegler""".split()
)
COMPANY_HEAD = tuple(
    """Acorn Alder Amber Anchor Apex Arbor Argent Aster Atlas Aurora Axiom Basalt Beacon Birch Blaze Bolt Borealis Boulder Breeze Bridge Brook
Canyon Cedar Cinder Citadel Clover Cobalt Comet Copper Coral Crest Crown Cypress Dawn Delta Drift Eagle Echo Ember Everest Falcon Fern
Flint Forge Fox Frost Garnet Glacier Granite Grove Harbor Haven Hazel Helix Heron Horizon Indigo Iris Iron Ivory Jasper Juniper Kestrel
Lantern Larch Laurel Ledge Lumen Lynx Magnet Maple Marble Marlin Meadow Meridian Mesa Mist Moss Nimbus North Nova Oak Oasis Obsidian Onyx
Opal Orbit Orchid Osprey Otter Pearl Pebble Pine Pioneer Prairie Prism Quarry Quartz Quill Raven Reef Ridge River Rowan Saffron Sage
Salt Sierra Silver Slate Solstice Sparrow Spruce Stellar Stone Summit Swift Tamarind Teal Thistle Tidal Timber Topaz Umber Vale Vector
Vertex Violet Walnut Wave Willow Wren Zenith Zephyr""".split()
)
COMPANY_TAIL = tuple(
    """Labs Foods Logistics Systems Partners Media Energy Textiles Motors Health Supplies Studio Analytics Travel Insurance Capital Networks
Robotics Design Print Tools Retail Freight Optics Software Interiors Catering Security Pharma Marine Chemicals Outdoor Audio Consulting""".split()
)
TLD = ("com", "net", "org", "io", "co", "eu", "de", "fr", "dev", "app", "biz", "info", "example", "shop", "online", "site")
MAIL_HOSTS = (
    "posteo.net",
    "mailhaven.com",
    "inboxly.io",
    "fastpost.org",
    "webmail.example",
    "letterbox.co",
    "quickmail.net",
    "pm-mail.com",
)
CITY = tuple(
    """Aarhus Accra Adelaide Antwerp Athens Austin Basel Belgrade Bergen Bilbao Bogota Bologna Boston Bremen Brno Bruges Bucharest Cairo
Calgary Chennai Cologne Copenhagen Cordoba Cork Dakar Delft Denver Dresden Dublin Durban Edinburgh Florence Gdansk Geneva Ghent Glasgow
Graz Hamburg Hanoi Helsinki Istanbul Jakarta Karachi Krakow Kyoto Lagos Leeds Leipzig Lima Lisbon Ljubljana Lyon Madrid Malmo Manila
Marseille Melbourne Milan Montreal Munich Nairobi Nantes Naples Nice Osaka Oslo Ottawa Perth Porto Prague Quito Riga Rotterdam Salzburg
Santiago Sarajevo Seattle Seoul Seville Sofia Split Stockholm Tallinn Tampere Toronto Trieste Tunis Turin Utrecht Valencia Vienna Vilnius
Warsaw Wellington Zagreb Zurich""".split()
)
STREET = tuple(
    """Alder Lane|Baker Road|Birch Avenue|Canal Street|Castle Row|Cedar Close|Chapel Street|Church Lane|Dock Road|Elm Street|Falcon Way
|Garden Terrace|Harbour Road|High Street|Hill Crescent|Juniper Way|King's Parade|Lake View|Lime Walk|Market Square|Meadow Drive|Mill Lane
|Oak Street|Orchard Road|Park Avenue|Pine Court|Quay Street|River Walk|Rose Alley|School Lane|Spring Road|Station Road|Sunset Drive
|Tower Hill|Union Street|Valley Road|Victoria Place|Water Lane|West Gate|Willow Bank""".replace("\n", "").split("|")
)
DEPARTMENT = (
    "sales", "marketing", "finance", "engineering", "legal", "support", "operations", "procurement", "research", "facilities", "quality",
    "logistics", "compliance", "communications", "payroll", "training",
)  # fmt: skip
REGION = (
    "north",
    "south",
    "east",
    "west",
    "central",
    "nordics",
    "iberia",
    "alpine",
    "baltic",
    "benelux",
    "dach",
    "apac",
    "emea",
    "latam",
)
COUNTRY = ("DE", "FR", "NL", "SE", "PL", "ES", "IT", "AT", "DK", "CZ", "US", "CA", "JP", "BR", "IN", "KE")
PROJECT = tuple(
    """Albatross Badger Bluebell Borneo Caravel Cardamom Chinook Dolphin Dragonfly Elderflower Ferret Firefly Gazelle Ginger Hawthorn
Hedgehog Ibis Jackdaw Kingfisher Koala Lemur Lighthouse Lobster Magpie Mandarin Mongoose Narwhal Nutmeg Ocelot Oriole Panther Pelican
Peppermint Puffin Quokka Raccoon Redwood Rosemary Salamander Seahorse Starling Tangerine Toucan Tulip Turtle Vanilla Walrus Wombat
Yarrow Zebra""".split()
)
PRODUCT = tuple(
    """desk lamp|office chair|wireless mouse|water bottle|notebook set|standing desk|coffee grinder|rain jacket|hiking boots|phone case
|headphones|espresso machine|yoga mat|backpack|tent|winter gloves|kitchen scale|blender|monitor arm|webcam|bookshelf|garden hose
|bicycle pump|sleeping bag|travel mug|power bank|keyboard|wool scarf|cutting board|frying pan|laptop sleeve|desk fan|alarm clock
|toolbox|paint set|ceiling light|running shoes|air purifier|picture frame|label printer|paper shredder|external drive|graphics tablet
|sunglasses|car charger|baby monitor|dog leash|board game|ukulele|telescope""".replace("\n", "").split("|")
)
TOPIC = tuple(
    """quarterly review|budget draft|onboarding plan|offsite agenda|release notes|hiring plan|travel policy|supplier list|roadmap
|customer survey|incident report|training schedule|contract renewal|price list|inventory check|audit findings|meeting minutes
|marketing brief|launch checklist|office move|security review|holiday calendar|risk register|partner proposal|shift plan|design mock-ups
|test results|board deck|newsletter|expense summary|event logistics|catering order|maintenance window|feedback round|press statement
|demo script|data migration|vendor comparison|status update|team lunch|garden party|reading list|packing list|site visit|warranty claim
|room booking|sales forecast|grant application|user interviews|style guide""".replace("\n", "").split("|")
)
WORD = tuple(
    """amber anchor apple arrow autumn badge barrel basil beacon berry bishop blossom border bottle bramble breeze bridge bronze butter button
candle canvas carbon castle cedar cherry circle citrus clover cloud cobalt coffee comet copper coral cotton cradle crystal dagger daisy
desert dragon ember engine feather fender fiddle forest fossil galaxy garden garnet ginger glacier guitar hammer harbor harvest hazel
hollow honey island ivory jacket jasmine jigsaw kettle ladder lagoon lantern lemon lichen magnet maple marble meadow mellow mirror mosaic
needle nickel nutmeg oasis olive orchid oyster paddle pepper pewter pigeon planet plasma pollen prairie puzzle quartz quiver rabbit radish
raven ribbon rocket saddle saffron salmon scarlet shadow silver sketch socket spiral spring summit sunset tablet tandem temple thicket
timber tunnel turnip valley velvet violet walnut willow window winter yonder zigzag""".split()
)
