"""What is done with the record of a running stack: rebuild, back up, restore, compact."""
