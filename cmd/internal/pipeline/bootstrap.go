package pipeline

import (
	"context"
	"errors"

	"vacant/rdapstage"
)

// UpdateBootstrap fetches IANA's table of RDAP servers and keeps it. It returns
// which table was in use before, whatever became of the update. Of cfg only
// RDAP, DNS.Lookup, Log and Now are used.
func UpdateBootstrap(ctx context.Context, cfg CheckConfig) (before rdapstage.Table, r rdapstage.Refresh, err error) {
	cfg.setDefaults()
	cfg.RDAP.World, cfg.RDAP.Lookup, cfg.RDAP.Log, cfg.RDAP.Now = cfg.World, cfg.DNS.Lookup, cfg.Log, cfg.Now
	s, err := rdapstage.New(ctx, cfg.RDAP)
	if err != nil {
		return before, r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	before = s.Table()
	r, err = s.Update(ctx)
	return before, r, err
}
