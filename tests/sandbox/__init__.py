"""The provider stand-ins, each over its real socket."""
