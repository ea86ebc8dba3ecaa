"""What is decided: pure Python without I/O, clock or randomness. Imports nothing else of Baton."""
