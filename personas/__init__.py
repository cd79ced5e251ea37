"""Who the customers are: the card schema, its loader and its lint."""
