"""The YouTube Data API v3: resumable videos.insert, videos.list and channels.list."""
