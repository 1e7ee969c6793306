"""What media servers, histories and request systems tell, from their answers to the tables that keep it."""
