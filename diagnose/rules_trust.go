package diagnose

var trustRules = []Rule{}
