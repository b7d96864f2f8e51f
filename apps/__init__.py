"""The six contexts; each shows others only public, contracts, events and errors."""
