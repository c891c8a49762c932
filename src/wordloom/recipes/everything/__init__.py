"""All published experiments by one command, with one page that leads to them."""
