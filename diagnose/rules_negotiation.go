package diagnose

var negotiationRules = []Rule{}
