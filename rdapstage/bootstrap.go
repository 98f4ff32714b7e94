package rdapstage

import "errors"

// bootstrapTable maps a TLD to its RDAP base (RFC 9224).
type bootstrapTable struct{}

// parseBootstrap reads a bootstrap file and refuses one that is broken or
// cannot be IANA's. plainHTTP says it was named by hand, so its bases may be http.
func parseBootstrap(json []byte, plainHTTP bool) (*bootstrapTable, error) {
	return nil, errors.New("rdapstage: not built yet")
}

// embeddedBootstrap is IANA's table as of 2026-03.
func embeddedBootstrap() *bootstrapTable { return &bootstrapTable{} }

// baseFor returns the base for names under suffix: the exact entry of suffix,
// or its TLD's where that registry is known to run the suffix too.
func (t *bootstrapTable) baseFor(suffix string) (url string, ok bool) { return "", false }
