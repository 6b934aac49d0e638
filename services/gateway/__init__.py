"""The HTTP side: accepts chats, relays tokens, serves what is remembered."""
