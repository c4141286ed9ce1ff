package diagnose

var clientRules = []Rule{}
