"""What is done to a person: treatments, and the twin network of one person before and after them."""
