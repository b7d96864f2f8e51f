"""What previews keep in MongoDB. Nothing outside this context imports it."""
