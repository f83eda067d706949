"""What sensors broadcast without a link: the elements of an advertisement, and what is in them."""
