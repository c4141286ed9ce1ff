package diagnose

// ServerLinks is the server's chain as it is drawn, leaf first, down to the
// anchor or to what is missing. Nil: no chain was seen.
func (f *Facts) ServerLinks() []Link {
	return f.links(func(j *judged) *ChainVerdict { return j.server })
}

// ClientLinks is ServerLinks for the client's chain.
func (f *Facts) ClientLinks() []Link {
	return f.links(func(j *judged) *ChainVerdict { return j.client })
}

func (f *Facts) links(of func(*judged) *ChainVerdict) []Link {
	j := f.judged
	if j == nil { // read from JSON
		own := *f
		own.judge()
		j = own.judged
	}
	if v := of(j); v != nil {
		return v.Links
	}
	return nil
}
