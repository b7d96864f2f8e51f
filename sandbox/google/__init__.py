"""Google's account side: consent page, tokens, revocation. YouTube hangs on the same port."""
