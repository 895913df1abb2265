"""The catalogue of wrong servers and wrong clients, and the checks that must catch them."""
