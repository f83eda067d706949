"""The room's own screen: a local page that shows who calls, asks for consent, and tells what is open."""
