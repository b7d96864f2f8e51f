"""The JSON of previews: contracts out, strict bodies in."""
