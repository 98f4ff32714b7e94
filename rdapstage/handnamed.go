package rdapstage

import (
	"context"
	"maps"
	"slices"
)

// HandNamed returns, sorted, the suffixes that cfg names an endpoint for by
// hand. They exist whatever the public suffix list says. A bootstrap file named
// by hand is read for it; the error, also of an endpoint that cannot be one, is the user's.
func HandNamed(ctx context.Context, cfg Config) ([]string, error) {
	if err := (&Stage{cfg: cfg}).checkHandNamed(); err != nil {
		return nil, err
	}
	named := slices.AppendSeq(slices.Collect(maps.Keys(cfg.RDAPServers)), maps.Keys(cfg.WHOISServers))
	if cfg.Bootstrap != "" {
		s, err := New(ctx, cfg)
		if err != nil {
			return nil, err
		}
		named = slices.AppendSeq(named, maps.Keys(s.handTable.base))
		if err := s.Close(); err != nil {
			return nil, err
		}
	}
	slices.Sort(named)
	return slices.Compact(named), nil
}
