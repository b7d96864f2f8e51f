"""The main job, done and verified through the public API as four phones would do it."""
