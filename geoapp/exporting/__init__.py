"""What leaves the house as a file: the register of exports, and a second person for many people."""
