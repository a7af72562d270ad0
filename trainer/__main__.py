"""`python -m trainer`: the commands that need torch."""

from trainer.cli import main

main()
