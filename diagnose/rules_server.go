package diagnose

var serverRules = []Rule{}
