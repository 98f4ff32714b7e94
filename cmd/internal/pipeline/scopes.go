package pipeline

import (
	"vacant/dnsstage"
	"vacant/rdapstage"
)

// Scopes returns what the store's Scope wants for commands that read or write
// it outside a hunt: the fingerprint of the endpoints that these Configs name by hand.
func Scopes(world string, dns dnsstage.Config, rdap rdapstage.Config) func(suffix string) string {
	if world == "" {
		world = Internet
	}
	return scopes(world, &dns, &rdap)
}
