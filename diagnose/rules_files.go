package diagnose

var fileRules = []Rule{}
