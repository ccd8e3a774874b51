"""The embedded cloud: our own engines of the services that feed functions, their wire protocols, and the ways in."""
