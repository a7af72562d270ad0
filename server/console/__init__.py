"""The console: web pages for reviewers and operators, rendered on the server, without a library in the browser.

`site.py` is what all pages share (templates, headers, who may see them), `session.py` the signing in; the rest is one noun a file.
An attacker wrote most of the text that stands in a case: everything is escaped, and no page may run a script but `console.js`.
"""
