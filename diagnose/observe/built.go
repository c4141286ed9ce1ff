package observe

import (
	"context"

	"mutual/diagnose"
)

func (p *prober) exploreBuilt(ctx context.Context, base *outcome) []diagnose.Attempt { return nil }
