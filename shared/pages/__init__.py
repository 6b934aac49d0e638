"""What the chat page and the admin pages share: rendering, headers, links, the state of peers."""
