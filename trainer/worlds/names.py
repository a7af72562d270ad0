"""Pools of names: people, companies, places, products, words. Longer pools are divided among the splits (`Dice.draw`)."""

from collections.abc import Sequence


def _crossed(heads: Sequence[str], forms: Sequence[str]) -> tuple[str, ...]:
    """Every head in every form ("{}" is the head's place; otherwise the form follows it). Heads vary fastest and their number is a
    multiple of ten, so that `Dice.draw` divides the heads among the splits, not just the combinations."""
    assert len(heads) % 10 == 0
    return tuple(form.format(head) if "{}" in form else f"{head} {form}" for form in forms for head in heads)


FIRST = tuple(
    """Aaliyah Abdul Abena Ada Adam Adele Adriana Agnes Ahmed Aiko Ailsa Aino Akira Alain Alban Alejandra Aleksandra Alessio
Alfred Ali Alice Alina Alma Alvaro Amara Amelie Amina Amir Ana Anders Andrei Andres Angela Anh Anika Anita Annika Anton Antonia
Aria Arjun Arne Artem Arthur Asha Ashok Asif Astrid Ayesha Aylin Barbara Bartek Basma Beatriz Belen Ben Benedikt Bernardo
Bianca Bilal Birgit Bjorn Bogdan Boris Branka Brigid Bruno Camila Camille Carla Carmen Caroline Casper Catalina Cecilia Cedric
Celine Charlotte Chen Chiara Chidi Chloe Christoph Ciara Clara Claudio Constance Cristian Cyril Dagmar Dalia Damian Dana Danilo
Daria Darius David Delia Denise Deniz Diego Dilan Dimitra Dina Dmitri Dora Dorota Edgar Edith Eduardo Efe Eileen Einar
Ekaterina Eleanor Elena Eleni Elias Elif Elisa Eliska Elliot Eloise Emeka Emil Emre Enrique Enzo Erik Erin Ernesto Esra Estelle
Esther Eugenia Eva Ewa Fabio Farah Farid Fatima Federico Felix Fernanda Filip Fiona Florian Francesca Freya Frida Gabriel
Gareth Gemma Georgia Gerda Ghada Gina Giulia Gonzalo Goran Grace Gregor Greta Guido Gunnar Gustav Hakan Halima Hamid Hana Hanif
Hannah Harriet Hassan Hedda Heidi Helga Henrik Herman Hilde Hiroshi Huda Hugo Ibrahim Ida Igor Iker Iliana Ilse Imani Ines Inga
Ingrid Ioana Irena Isaac Isabel Ismail Ivana Ivo Jacek Jada Jakub Jamal Jan Jana Janina Jaroslav Jasper Javier Jelena Jens
Jessica Jin Joanna Joao Jochen Jonas Jorge Josefina Juan Judith Jules Julia Jun Juraj Kai Kamal Kamila Karim Karin Kasper
Katarina Katya Keiko Kemal Kenji Kerem Khalid Kim Kira Klara Klaus Kofi Konrad Kristina Kwame Laila Larissa Lars Latifa Laura
Layla Lea Lennart Leo Leon Leopold Liam Liesel Liliana Lina Linh Livia Lorena Lorenzo Louis Luca Lucia Ludmila Luis Lukas Luna
Lydia Madeleine Magnus Mahmoud Maite Maja Malik Malin Manuel Marco Marek Margot Maria Mariam Marius Marlene Marta Martin Mateja
Mateo Matias Matilda Maximilian Maya Mei Melina Meltem Michal Miguel Mihai Mikael Mila Milan Mina Miriam Miro Mohammed Mona
Monica Morten Moussa Murat Mustafa Nabil Nadia Nadine Nana Naomi Nasrin Natalia Nathan Nele Nia Nico Nicolas Nikita Nils Nina
Noah Nobu Noor Nora Nuno Odette Oksana Ole Olga Oliver Olivia Omar Orhan Orla Ornella Oscar Oskar Otto Pablo Paola Patricia
Paul Pavel Per Petra Philippa Pia Pierre Pilar Priya Quentin Radek Rafael Rahel Ramon Rana Raquel Rasmus Ravi Rebecca Remy
Renata Reza Ricardo Rita Robin Rocio Rolf Roman Rosa Rosalind Ruben Rui Runa Rupert Ruth Saad Sabine Said Salma Salome Samir
Samuel Sana Sandra Sanna Santiago Sara Sasha Saskia Sebastian Selim Selma Serena Sergio Shirin Signe Sigrid Silas Silvia Simon
Simone Sinan Sofia Solveig Soren Stefan Stella Sumaya Sunil Suzan Svea Sven Sylvie Tadeusz Takumi Talia Tamara Tara Tariq
Tatiana Teodor Teresa Tessa Thea Theo Thomas Tiago Tilda Timo Tom Tomas Torsten Tove Uma Umar Uri Ursula Valentin Vanessa Vasco
Vera Veronika Victoria Viktor Vincent Vlad Walid Walter Wanda Wei Wiebke Wiktor Willem Xavier Xenia Yan Yannick Yara Yasmin
Yolanda Younes Yuki Yusuf Yvonne Zainab Zara Zdenek Zeynep Zoe Zofia Zuzana""".split()
)
LAST = tuple(
    """Aalto Abbasi Abel Acosta Adeyemi Adler Agarwal Aguilar Ahlberg Ahmed Akhtar Albers Albrecht Almeida Alonso Alvarez Amado
Amsel Anand Andersen Andrade Antunes Aoki Arnold Arora Arslan Asante Ashby Aydin Bach Bajwa Bakker Balogun Banerjee Baptiste
Barros Bartos Basso Batista Bauer Baumann Beck Becker Bello Belov Benitez Berg Bergman Bernard Bhatt Bianchi Bjork Blanc Blom
Boateng Bogdan Bondar Borg Borges Bosch Bouchard Brandt Braun Brennan Brink Brooks Bruun Bryant Burke Cabral Calder Campos
Caruso Carvalho Castellan Castro Celik Cerny Chan Chaudhry Chen Cho Christou Clarke Coelho Cohen Colombo Conti Cortez Costa
Cruz Curie Cvetkovic Dahl Daly Dang Danso Darwish Das David Delgado Deluca Demir Desai Deutsch Diallo Diaz Dietrich Dinh Diop
Dobrev Doherty Dominguez Dragomir Duarte Dubois Dumont Dunn Duran Dvorak Ebert Edelman Eide Eklund Elmi Emerson Endo Engel
Erdogan Eriksen Escobar Esposito Estrada Evans Faber Falk Farouk Fathi Faure Fekete Feld Fernandes Ferrari Fiala Figueroa Finch
Fischer Fleming Flores Foley Fonseca Fontaine Forsberg Franke Friedman Frost Fuchs Fuentes Fujita Gabor Gallo Galvan Garcia
Gardner Gaspar Gauthier Georgiou Gerard Ghosh Giordano Goldberg Gomes Gonzalez Graf Greco Greene Gruber Guerin Guo Gupta
Gustafsson Haas Haddad Hahn Hakala Hakimi Halvorsen Hamdi Hamm Hansen Hart Hassan Hayashi Hedlund Heikkinen Heller Henry
Hernandez Herrera Hidalgo Hoang Hoffmann Holm Holt Horvat Hrubes Huber Hughes Hussain Ibarra Igarashi Ilic Ishikawa Islam
Ivanov Iversen Jafari Jain Janda Jansen Jensen Jimenez Jonker Joshi Jovanovic Juhasz Jung Kaiser Kamara Kaplan Kapoor Karimi
Karlsen Kato Kaur Kaya Keita Keller Kelly Kemper Khan Kim Kiss Klein Kobayashi Koch Kolar Konig Kovac Kowalski Kozlov Kraus
Krause Kruger Kuhn Kumar Kurz Laine Lambert Landry Lang Larsen Lau Laurent Lebedev Leclerc Lee Lehmann Leite Lemaire Leroy Levy
Li Lind Liu Lombardi Lopes Lorente Lorenz Lund Lutz Macedo Madsen Magro Mahler Maier Makinen Maldonado Malik Mancini Mansour
Marchetti Marin Marino Markovic Marques Marsh Martel Martins Matsuda Mayer Mazur Mbeki Mehta Meier Melo Mendes Mensah Merz
Meyer Michel Mikkelsen Mishra Mitchell Moen Mohr Molina Molnar Monteiro Morales Moreau Morgan Mori Moser Mueller Munoz Murray
Musa Nagy Naidoo Nakamura Nakata Naser Navarro Nemeth Neumann Nguyen Nielsen Nieminen Nikolov Nilsson Nolan Novak Nunes Nwosu
Obrien Oconnor Odonnell Ogawa Okafor Okeke Oliveira Olsen Omar Onishi Orlov Ortega Osei Osman Otero Otieno Ozturk Padilla Pak
Palmer Panek Papadakis Papas Parisi Park Pascal Patel Pavlov Pellegrini Pereira Perez Persson Peters Petit Petrov Pham Pham-Le
Pinto Pires Pohl Pokorny Popescu Prasad Quinn Rademaker Rahimi Rahman Raja Ramirez Ramos Rao Rasmussen Reinhardt Renard Reyes
Ribeiro Ricci Richter Riedel Rivera Rizzo Robles Rodriguez Romano Rosen Rossi Rousseau Roux Ruiz Russo Saarinen Sabatini
Salazar Salim Sanchez Santos Sarkar Sato Sauer Schaefer Schmid Schneider Schreiber Schulz Schwarz Seidel Serrano Shah Shapiro
Sharma Shimizu Silva Simic Singh Skala Smirnov Solberg Sommer Sorensen Soto Sousa Stark Stein Stoica Stone Strand Strobl Sun
Suzuki Svensson Szabo Takahashi Takeda Tamm Tan Tanaka Teixeira Thapa Thiel Thomsen Thorne Tomic Torres Toth Toure Tran
Trujillo Tsai Turner Ueda Ulrich Urban Valdez Valentin Varga Vargas Vasquez Vega Verma Vidal Vieira Virtanen Vlasov Vogel Vogt
Volkov Voss Wagner Walker Wallin Walsh Wang Watanabe Weber Weiss West Wilk Winkler Winter Wolf Wong Wu Xu Yamada Yamamoto Yang
Yates Yildiz Yilmaz Young Zaman Zapata Zeller Zhang Zhou Ziegler Zimmermann Zoric""".split()
)
COMPANY_HEAD = tuple(
    """Abacus Acacia Acorn Agate Albion Alcove Alder Alpine Altair Amaranth Amber Anchor Antler Apex Aqua Arbor Arcadia Arctic
Argent Armada Ash Aspen Aster Astra Atlas Auburn Aurora Avalon Axiom Azure Badge Balance Bamboo Banyan Barley Basalt Bayou
Beacon Bellows Beryl Birch Bishop Bison Blaze Bluff Bolt Bonsai Borealis Boulder Bramble Brass Breeze Briar Bridge Bronze Brook
Buckeye Burrow Cactus Caldera Camellia Candle Canopy Canyon Cape Caravan Cardinal Cascade Cassia Cavalier Cedar Celadon Chalk
Chestnut Cinder Cipher Cirrus Citadel Clarion Clay Cliff Cloud Clover Coast Cobalt Colibri Comet Compass Condor Copper Copse
Coral Cordial Cosmos Cotton Cove Crane Crater Crescent Crest Cricket Crimson Crown Crystal Cygnet Cypress Daffodil Dahlia
Dapple Dart Dawn Delta Dolomite Dove Drift Driftwood Drum Dune Dusk Dynamo Eagle Ebony Echo Eden Elder Elm Ember Emerald
Equinox Estuary Everest Falcon Falls Fennel Fern Field Finch Fjord Flame Flax Flint Flora Forge Foundry Fox Foxglove Frost
Fulcrum Gable Gale Gannet Garnet Gateway Gazelle Geyser Gilded Glacier Glade Glen Golden Gorge Granite Grove Gull Halo Hamlet
Harbor Harvest Haven Hawk Hazel Heath Heather Helix Hemlock Heron Hickory Highland Hollow Holly Hopper Horizon Hydra Ibex
Indigo Inlet Iris Iron Isle Ivory Jade Jasper Jubilee Juniper Keel Kestrel Keystone Kiln Kindle Knoll Lagoon Lantern Larch Lark
Lattice Laurel Lava Leaf Ledge Lichen Lilac Lily Linden Loam Locust Loom Lotus Lumen Lupin Lynx Lyric Magnet Mainsail Mallard
Mango Mantle Maple Marble Marigold Mariner Marlin Marsh Martin Meadow Mercury Meridian Mesa Mill Mimosa Mint Mirage Mist
Monarch Monsoon Mosaic Moss Mulberry Myrtle Narrow Nautilus Nectar Nettle Nimbus Nomad Nordic North Nova Oak Oasis Oat Obsidian
Ochre Olive Onyx Opal Orbit Orchard Orchid Oriole Osprey Otter Pacific Palisade Palm Papyrus Parade Peak Pearl Pebble Pelican
Penguin Peony Peregrine Petrel Phoenix Pilot Pine Pinnacle Pioneer Plateau Plover Polar Pollen Poplar Poppy Portico Prairie
Primrose Prism Pulse Quail Quarry Quartz Quill Quiver Radiant Rapids Raven Redwood Reed Reef Ridge Ripple River Robin Rook
Rosewood Rowan Rudder Runway Russet Sable Saffron Sage Sail Salt Sandstone Sapphire Savanna Sentinel Sequoia Shale Shore Sierra
Signal Silver Skylark Slate Snowdrop Solstice Sonnet Sorrel Sparrow Spectrum Spire Spring Spruce Squall Starling Stellar Steppe
Sterling Stone Stork Strand Stream Sumac Summit Sundial Swallow Swift Sycamore Tamarack Tamarind Tandem Tangent Taper Teal
Terra Thicket Thistle Thorn Thrush Thunder Tidal Timber Topaz Torrent Tower Trellis Trident Tulip Tundra Turret Twilight Umber
Vale Valley Vector Velvet Venture Verdant Vertex Vessel Vineyard Violet Vista Vulcan Wagon Walnut Waterfall Wave Weld Wharf
Whistle Wicker Willow Windmill Winter Wren Yarrow Yew Zenith Zephyr Zinc""".split()
)
COMPANY_TAIL = tuple(
    """Advisory Aerospace Agency Analytics Apparel Associates Audio Bakery Biotech Brewing Builders Capital Cargo Catering
Ceramics Chemicals Cinema Clinic Cloud Collective Components Consulting Couriers Dairy Data Design Diagnostics Dynamics
Education Electric Energy Engineering Events Exchange Fabrics Farms Finance Fitness Foods Freight Furniture Games Glass Group
Health Holdings Hospitality Imaging Industries Instruments Insurance Interiors Labels Labs Learning Legal Lighting Logistics
Machinery Marine Materials Media Mobility Motors Mutual Networks Optics Outdoor Packaging Paper Partners Payments Petroleum
Pharma Plastics Power Press Print Properties Publishing Rail Recycling Renewables Research Retail Roasters Robotics Security
Shipping Software Solutions Sports Staffing Steel Storage Studio Studios Supplies Supply Systems Tech Telecom Textiles Timber
Tools Toys Trading Transport Travel Trust Ventures Water Works""".split()
)
TLD = ("com", "net", "org", "io", "co", "eu", "de", "fr", "dev", "app", "biz", "info", "example", "shop", "online", "site")
MAIL_HOSTS = tuple(
    """posteo.net mailhaven.com inboxly.io fastpost.org webmail.example letterbox.co quickmail.net pm-mail.com bluemail.example mailnook.net
postbird.org hushpost.io airletter.com mailmill.eu snailbox.co penpost.net mailforge.dev openinbox.org zipletter.com mailcove.net dovepost.io
mymailbox.example parcelmail.com northmail.se mailpigeon.fr postwerk.de correo-uno.es letterly.app mailtray.co inkpost.net""".split()
)
CITY = tuple(
    """Aarhus Abuja Accra Adelaide Agadir Almaty Amman Amsterdam Ankara Antwerp Arequipa Asuncion Athens Atlanta Auckland
Austin Baku Baltimore Bandung Bangalore Barcelona Bari Basel Bath Beirut Belfast Belgrade Bergen Bern Bielefeld Bilbao
Birmingham Bogota Bologna Bordeaux Boston Brasilia Bratislava Bremen Brighton Brisbane Bristol Brno Bruges Brussels Bucharest
Budapest Bursa Busan Cadiz Cairo Calgary Cambridge Canberra Cardiff Cartagena Casablanca Catania Cebu Charlotte Chennai Chicago
Christchurch Cleveland Cluj Coimbra Cologne Colombo Constanta Copenhagen Cordoba Cork Cuenca Curitiba Dakar Dallas Darmstadt
Debrecen Delft Denver Derby Dhaka Dijon Doha Dortmund Dresden Dublin Duluth Dundee Dunedin Durban Edinburgh Eindhoven Erfurt
Essen Exeter Faro Fez Florence Fortaleza Frankfurt Freiburg Fukuoka Galway Gdansk Geneva Genoa Ghent Gijon Girona Glasgow Goa
Gothenburg Granada Graz Grenoble Groningen Guadalajara Haarlem Haifa Halifax Hamburg Hannover Hanoi Helsinki Hobart Honolulu
Houston Hyderabad Innsbruck Iquitos Istanbul Izmir Jaipur Jakarta Jena Johannesburg Kampala Kansas Karachi Karlsruhe Kassel
Katowice Kaunas Kiel Kigali Kingston Kobe Kolkata Konya Kosice Krakow Kuching Kumasi Kuopio Kyoto Lagos Lahore Lausanne Leeds
Leicester Leipzig Leon Leuven Lille Lima Limassol Limerick Limoges Linz Lisbon Liverpool Ljubljana Lodz Luanda Lublin Lucerne
Lugano Lusaka Luxembourg Lyon Maastricht Madrid Mainz Malaga Malmo Manchester Manila Mannheim Maputo Maribor Marseille Medellin
Melbourne Memphis Mendoza Merida Messina Metz Miami Milan Milwaukee Minneapolis Mombasa Monterrey Montevideo Montreal Mulhouse
Mumbai Munich Murcia Nagoya Nairobi Namur Nancy Nantes Naples Nashville Newcastle Nice Norwich Nottingham Novisad Nuremberg
Oaxaca Odense Oran Orleans Osaka Osijek Oslo Ostrava Ottawa Oulu Oviedo Oxford Padua Palermo Palma Panama Parma Patras Pecs
Penang Perth Perugia Phoenix Pilsen Pisa Pittsburgh Plovdiv Poitiers Portland Porto Potsdam Poznan Prague Pretoria Puebla Pune
Quebec Quito Rabat Ravenna Reading Recife Reims Rennes Reykjavik Richmond Riga Rijeka Rimini Rosario Rostock Rotterdam Rouen
Sacramento Salamanca Salta Salzburg Santiago Sapporo Sarajevo Savannah Seattle Sendai Seoul Seville Sheffield Siena Skopje
Sofia Split Stavanger Stockholm Strasbourg Stuttgart Surabaya Swansea Sydney Szeged Tallinn Tampa Tampere Tarragona Tartu
Tbilisi Thessaloniki Tirana Toledo Toronto Toulouse Trento Trieste Trondheim Tucson Tunis Turin Turku Uppsala Utrecht Valencia
Valletta Vancouver Varna Verona Vienna Vigo Vilnius Warsaw Wellington Wroclaw Wuppertal Yokohama York Zagreb Zaragoza Zurich""".split()
)
STREET = _crossed(
    """Abbey Acacia Alder Ash Baker Beech Bell Birch Bishop Bridge Brook Canal Castle Cedar Chapel Cherry Church Clover Copper
Court Crown Dock Elm Falcon Farm Fern Field Forge Fountain Garden Glebe Grange Green Harbour Hazel Heath High Hill Holly
Ivy Juniper King's Kiln Lake Larch Laurel Lime Linden Lodge Manor Maple Market Meadow Mill Mint North Oak Orchard Park
Pear Pine Poplar Quarry Quay Queen's Railway River Rose Rowan Saddler's School Silver Smith South Spring Spruce Station
Stone Sunset Swan Tanner's Temple Tower Union Valley Victoria Vine Walnut Water Weaver's""".split(),
    "Avenue Close Court Crescent Drive Gardens Lane Mews Place Road Row Square Street Terrace Walk Way Yard".split(),
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
    """Aardvark Acorn Agave Albatross Alpaca Antelope Armadillo Avocet Axolotl Badger Banyan Barracuda Basilisk Bison Bluebell
Bobcat Bonito Borneo Buffalo Bullfinch Bumblebee Buzzard Calypso Camel Canary Capybara Caravel Cardamom Caribou Cassowary
Catalpa Chameleon Cheetah Chestnut Chicory Chinook Cicada Clementine Cobra Cockatoo Cormorant Cougar Coyote Cuckoo Cypress
Dandelion Dingo Dolphin Dormouse Dragonfly Echidna Egret Eland Elderflower Ermine Fennel Ferret Finch Firefly Flamingo Foxglove
Galago Gazelle Gecko Geranium Gibbon Ginger Giraffe Goldfinch Gopher Gorilla Grouse Guava Gull Hamster Hawthorn Hedgehog Heron
Hibiscus Hornbill Hyacinth Ibis Iguana Impala Iris Jackal Jackdaw Jaguar Jasmine Jellyfish Kestrel Kingfisher Kiwi Koala Kudu
Kumquat Lapwing Lavender Lemur Leopard Lighthouse Linnet Llama Lobelia Lobster Lychee Macaw Mackerel Magpie Mallow Manatee
Mandarin Marjoram Marmot Mayfly Meerkat Merlin Mimosa Mistletoe Mongoose Moorhen Mustang Myrtle Narwhal Nasturtium Nettle Newt
Nightjar Nuthatch Nutmeg Ocelot Octopus Okapi Oleander Opossum Orca Oregano Oriole Osprey Ostrich Panther Papaya Parsnip
Partridge Peacock Pelican Penguin Peppermint Petunia Pheasant Pika Piranha Plantain Platypus Plover Porcupine Primrose Puffin
Quail Quetzal Quince Quokka Raccoon Raven Redwood Reindeer Robin Rosemary Sable Saffron Salamander Sandpiper Sardine Seahorse
Seal Serval Shearwater Skylark Snapdragon Sorrel Sparrow Squirrel Starling Stingray Stork Sturgeon Sunflower Swallow Sycamore
Tamarin Tangerine Tapir Tarragon Termite Thrush Tortoise Toucan Tulip Turnstone Turtle Vanilla Verbena Viper Vole Wagtail
Wallaby Walrus Warbler Weasel Whimbrel Wisteria Wolverine Wombat Woodpecker Wren Yak Yarrow Zebra""".split()
)
PRODUCT = _crossed(
    """alarm clock|apron|armchair|backpack|bath towel|bicycle helmet|bicycle pump|blender|board game|bookshelf|bread knife|
camping stove|car charger|ceiling light|chess set|coffee grinder|cooking pot|cutting board|desk fan|desk lamp|
dog leash|door mat|drill|espresso machine|external drive|fountain pen|frying pan|garden chair|garden hose|
graphics tablet|hammock|headphones|hiking boots|kettle|keyboard|kitchen scale|label printer|ladder|laptop sleeve|
lunch box|mattress|microphone|monitor arm|notebook|office chair|paint set|paper shredder|phone case|picture frame|
pillow|power bank|rain jacket|reading lamp|rucksack|running shoes|sewing kit|shelf|sleeping bag|soldering iron|
speaker|standing desk|suitcase|sunglasses|telescope|tent|thermos|toaster|tool box|tripod|ukulele|umbrella|
vacuum cleaner|wall clock|water bottle|water filter|webcam|wool scarf|work gloves|wristwatch|yoga mat""".replace("\n", "").split(
        "|"
    ),
    "{}|{} L|{} S|blue {}|grey {}|red {}|oak {}|{} pro|mini {}|new {}|{} set|spare {}|used {}|{} II".split("|"),
)
TOPIC = _crossed(
    """audit findings|board deck|brand book|budget draft|building permit|bus schedule|catering order|cleaning rota|
code review|company outing|contract renewal|customer survey|data migration|delivery slots|demo script|design mock-ups|
dress code|energy bill|event logistics|exit interview|expense summary|fair stand|feedback round|fire drill|floor plan|
forecast|garden party|grant application|handover notes|hiring plan|holiday calendar|incident report|insurance cover|
inventory check|keynote|launch checklist|lease extension|maintenance window|marketing brief|meeting minutes|menu card|
newsletter|offsite agenda|onboarding plan|packing list|parking spaces|partner proposal|payment terms|photo session|
press statement|price list|product tour|quarterly review|reading list|recruiting fair|release notes|risk register|
roadmap|room booking|safety briefing|sales forecast|security review|seating plan|shift plan|site visit|spare parts|
sponsoring offer|staff survey|status update|style guide|supplier list|team lunch|test results|town hall|trade licence|
training schedule|travel policy|user interviews|vendor comparison|warranty claim""".replace("\n", "").split("|"),
    "{}|new {}|{} 2024|{} 2025|old {}|next {}|{} v2|first {}|final {}|{} (short)|our {}|annual {}|{} draft|late {}".split("|"),
)
WORD = tuple(
    """acorn adagio agate alcove almanac almond alpine amber ambush anchor anvil apple apricot apron aqua arcade arch arrow
ashen aspen atlas attic autumn axle azure badge bagel balcony ballad bamboo banjo banner barley barrel barrow basalt basil
basket bayou beacon beaver bellow berry birch biscuit bishop blanket blizzard blossom border bottle boulder bouquet bracket
bramble brandy breeze brick bridge bronze brook brush bucket buckle bugle bundle burrow butler butter button cabin cactus camel
canal canary candle canopy canvas canyon capstan caramel carbon cargo carpet cashew castle cavern cedar cello chalet chalk
chariot cherry chestnut chime chisel cinder cinnamon circle citrus clarinet cliff cloud clover cobalt cobble cocoa coffee comb
comet compass condor copper copse coral cosmos cottage cotton cougar cove cradle crane crater crayon cricket crimson crocus
crown crystal cymbal cypress dagger daisy dapple delta denim desert dew diamond dolphin dome dragon drift drum dune dusk eagle
ebony echo eclipse elder ember emerald engine envelope ermine estuary falcon fathom feather fender fern ferry fiddle fig finch
fjord flannel flask flint flurry flute forest fossil foxtail frame fresco frost gable gadget galaxy gale garden garnet gazebo
gecko geyser gibbon ginger glacier glade glider goblet gondola goose gorge granite grape gravel grove guitar gull gypsum hamlet
hammer handle harbor harp harvest hatch hawk hazel heather hedge helmet herald heron hickory hinge hollow holly honey horizon
hornet hurdle icicle indigo inkwell iris island ivory jacket jade jaguar jasmine jetty jewel jigsaw jungle juniper kayak kernel
kettle keystone kiln kite knapsack lace ladder lagging lagoon lantern larch lark lattice lava ledge lemon lichen lilac
limestone linen lion lizard locket loom lotus lumber lute lynx magnet mallet mandolin mango mantle maple marble marlin marsh
marten meadow mellow meteor mill mint mirror mist monsoon moose morning mosaic moth mulberry muslin nectar needle nest nettle
nickel nimbus nomad notch nugget nutmeg oak oar oasis oboe ocean olive onyx opal orbit orchid osprey otter oven owl oyster
paddle pail palette panda panther paprika papyrus parcel parrot pasture patio peach peacock pebble pelican pendant peony pepper
petal pewter piano pickle pigeon pillar pine piston pivot planet plank plasma plateau plaza plum pocket pollen pond poplar
poppy portal prairie prism pulley pumpkin puzzle pyramid quail quarry quartz quilt quince quiver rabbit radish raft rafter
rainbow raisin rake rampart rapids raven reed reef relic ribbon ridge ripple robin rocket rooster rosemary rubble ruby rudder
rustic saddle saffron sail salmon sandal sapphire satchel saucer scarlet sequoia shadow shale shelter sickle sienna signal
silver sketch skillet slate sleigh sloop snowdrop socket sonnet sorrel spade sparrow sphinx spindle spiral spring spruce squall
stable starling stencil steppe sterling stirrup stork stream sultan summit sundial sunset swallow swan sycamore tabby tablet
talon tandem tango tapestry teal temple terrace thicket thimble thistle thorn thunder tide tiger timber tinder topaz torch
totem treacle trellis trident trinket trumpet tulip tundra tunnel turnip turquoise turret twig umber urn valley vanilla vault
velvet vessel viaduct vineyard violet violin vista walnut walrus wander waterfall weaver wharf wheat whistle wicker widget
willow windmill window winter wombat wren yarn yarrow yogurt yonder zephyr zigzag zinc zodiac""".split()
)
