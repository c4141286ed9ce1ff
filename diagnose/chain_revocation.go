package diagnose

func (j *chainJudge) judgeRevocation(p chainPath) {}
