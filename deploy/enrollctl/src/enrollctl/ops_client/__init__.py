"""The services' /ops routes over HTTP, and the tokens that open them."""
