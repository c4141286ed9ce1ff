package diagnose

var revocationRules = []Rule{}
