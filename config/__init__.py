"""Django's settings by subject, one typed reader of the environment, and the web's front door."""
