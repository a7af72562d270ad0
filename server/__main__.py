"""`python -m server`."""

from server.cli import app

app(prog_name="./gatling")
