package lab

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Config of a lab. The zero value is the world of "hunt --lab".
type Config struct {
	Seed    uint64
	Density float64  // share of names registered; 0 = the default 0.9, <0 = none
	Danger  float64  // how many times as many names as usual are registered but not delegated, reserved or premium; 0 = 1, at most MaxDanger
	Night   int      // which night of the world it is, 0 to MaxNight; see [World.SetNight]
	TLDs    []string // default com, dev, io
	RTT     time.Duration
	Loss    float64  // share of UDP packets lost, 0 to 1
	Faults  []string // KIND or KIND=ARG
	Limit   float64  // registry limit per operator, protocol and second; default 2,000; <0 = none
	// Limits are those of operators by a TLD that they run, instead of Limit; ""
	// is that of all the others.
	Limits     map[string]OperatorLimit
	Proxies    int      // SOCKS5 proxies; default 2, <0 = none
	Reserved   []string // labels withheld in gTLDs of the new programme, besides one- and two-character ones
	Registries int      // operators the TLDs are spread over; 0 = one per TLD
	Watch      Watch    // is told of every question; nil = nobody is
}

// Watch is told of a question before it is answered: who was asked, and about
// which name, in lower case. It is called from many goroutines, holds up the
// answer, and must not keep name. Questions of DNS that cannot be read, and those to
// the servers of delegated names, are not told.
type Watch func(asked Teller, name []byte)

// Teller is who tells the truth about a name.
type Teller uint8

// The tellers.
const (
	TellerDNS Teller = iota // a root or TLD server, or a resolver
	TellerRDAP
	TellerWHOIS
	TellerDAS
	tellers
)

// tell tells of a question.
func (w Watch) tell(asked Teller, name []byte) {
	if w != nil {
		w(asked, name)
	}
}

// DefaultProxies is the number of SOCKS5 proxies when none is given. The second
// of them wants a password.
const DefaultProxies = 2

// MaxDanger is the most of [Config.Danger]: 21 in 25 registered names have no delegation then, and
// nearly half of what nobody has is withheld.
const MaxDanger = 12

// maxGroups is how many pairs of name servers 127.53.0.0/16 has room for.
const maxGroups = 254 * groupsPerNet

var validTLD = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){0,3}$`)

// Validate reports the first value that no lab can have.
func (c *Config) Validate() error {
	switch {
	case c.Density != c.Density || c.Density > 1:
		return fmt.Errorf("lab: density %g is no share up to 1", c.Density)
	case !(c.Loss >= 0 && c.Loss <= 1):
		return fmt.Errorf("lab: loss %g is no share from 0 to 1", c.Loss)
	case c.RTT < 0:
		return fmt.Errorf("lab: round-trip time %v is negative", c.RTT)
	case !(c.Danger >= 0 && c.Danger <= MaxDanger):
		return fmt.Errorf("lab: danger %g is no number from 0 to %d", c.Danger, MaxDanger)
	case c.Night < 0 || c.Night > MaxNight:
		return fmt.Errorf("lab: night %d; a world has nights 0 to %d", c.Night, MaxNight)
	case c.Registries < 0:
		return fmt.Errorf("lab: %d registries", c.Registries)
	}
	tlds := c.tlds()
	for _, tld := range tlds {
		if !validTLD.MatchString(tld) {
			return fmt.Errorf("lab: %+q is no TLD; write it in ASCII, such as com or co.uk", tld)
		}
	}
	if len(tlds) >= maxGroups {
		return fmt.Errorf("lab: %d TLDs; there is room for %d", len(tlds), maxGroups-1)
	}
	f, err := parseFaults(c.Faults)
	if err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	if err := c.validateScopes(f); err != nil {
		return err
	}
	return c.validateLimits()
}

// validateScopes refuses faults of TLDs that the lab does not have: they would meet nothing.
func (c *Config) validateScopes(f *faults) error {
	tops := NewWorld(*c).tops()
	for _, h := range f.hostile {
		if h.tld != "" && !slices.Contains(tops, topLabel(h.tld)) {
			return fmt.Errorf("lab: fault %q is of %q, which is no TLD of this lab", h.word, h.tld)
		}
	}
	return nil
}

func (c *Config) validateLimits() error {
	tops := NewWorld(*c).tops()
	for tld, limit := range c.Limits {
		if tld != "" && !slices.Contains(tops, tld) {
			return fmt.Errorf("lab: a limit of %q, which is no TLD of this lab", tld)
		}
		if err := limit.validate(); err != nil {
			return fmt.Errorf("lab: limit of %q: %w", tld, err)
		}
	}
	return nil
}
