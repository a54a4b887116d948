"""What a person is told: the inbox row, push subscriptions, the web-push sender and its sweeper."""
