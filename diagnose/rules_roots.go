package diagnose

var rootsRules = []Rule{}
