package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"vacant/cmd/internal/lab"
	"vacant/dnsstage"
	"vacant/rdapstage"
	"vacant/rdapstage/facts"
)

// labFlags are the flags that shape a lab.
type labFlags struct {
	on      bool // --lab
	seed    uint64
	density float64
	night   int
	rtt     time.Duration
	loss    float64
	faults  []string
	tlds    []string
	proxies int
	limits  []string
}

// AddFlags adds --lab and the flags that shape it.
func (l *labFlags) AddFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&l.on, "lab", false, "in a simulated registry internet on loopback, not the real one")
	l.addShape(fs)
}

// addShape adds the flags that shape a lab, without --lab, --seed and --tlds,
// which other groups have where a command makes candidates.
func (l *labFlags) addShape(fs *pflag.FlagSet) {
	fs.Float64Var(&l.density, "density", 0.9, "lab: share of names that are registered")
	fs.IntVar(&l.night, "night", 0, "lab: which `NIGHT` of the world it is; each night some names drop and some are registered")
	fs.DurationVar(&l.rtt, "rtt", 0, "lab: round-trip time of its servers")
	fs.Float64Var(&l.loss, "loss", 0, "lab: share of DNS packets lost")
	fs.StringArrayVar(&l.limits, "registry-limit", nil, "lab: what its registries take over each protocol, `[TLD=]N/DUR[,N/DUR][,shared][,retry=DUR]` (repeatable; default 2000/s)")
	fs.StringArrayVar(&l.faults, "fault", nil, "lab: a fault, `KIND[=ARG][@WHEN]` (repeatable; vacant lab --list-faults)")
}

// addProxies adds --proxies to lab, which others may use them of.
func (l *labFlags) addProxies(fs *pflag.FlagSet) {
	fs.IntVar(&l.proxies, "proxies", lab.DefaultProxies, "lab: SOCKS5 proxies; every second one wants a password")
}

// addWorld adds --seed and --tlds to commands that make no candidates.
func (l *labFlags) addWorld(fs *pflag.FlagSet) {
	fs.Uint64Var(&l.seed, "seed", 0, "lab: the world's seed")
	fs.StringSliceVarP(&l.tlds, "tlds", "t", nil, "lab: its TLDs (default com,dev,io)")
}

// config returns the lab's Config.
func (l *labFlags) config() (lab.Config, error) {
	switch {
	case l.density < 0 || l.density > 1:
		return lab.Config{}, usagef("--density %v: want a share from 0 to 1", l.density)
	case l.loss < 0 || l.loss >= 1:
		return lab.Config{}, usagef("--loss %v: want a share from 0 to less than 1", l.loss)
	case l.night < 0 || l.night > lab.MaxNight:
		return lab.Config{}, usagef("--night %d: want a number from 0 to %d", l.night, lab.MaxNight)
	case l.rtt < 0:
		return lab.Config{}, usagef("--rtt cannot be negative")
	case l.proxies < 0:
		return lab.Config{}, usagef("--proxies cannot be negative")
	}
	limits, err := registryLimits(l.limits)
	if err != nil {
		return lab.Config{}, err
	}
	density := l.density
	if density == 0 {
		density = -1 // none; 0 is "the default" in a Config
	}
	return lab.Config{Seed: l.seed, Density: density, Night: l.night, TLDs: unique(l.tlds), RTT: l.rtt, Loss: l.loss, Limits: limits,
		Faults: l.faults, Proxies: l.proxies, Reserved: facts.ReservedLabels()}, nil
}

// shapes are the flags that mean something only with --lab.
var shapes = []string{"density", "night", "rtt", "loss", "registry-limit", "fault"}

// check refuses a lab's flags without --lab.
func (l *labFlags) check(a *app, fs *pflag.FlagSet) error {
	if l.on {
		return nil
	}
	i := slices.IndexFunc(shapes, func(name string) bool { return fs.Changed(name) && a.conf.origin[name] == "" })
	if i < 0 {
		return nil
	}
	return usage(fmt.Errorf("--%s shapes a lab", shapes[i]), "add --lab")
}

// faultHint is the hint for a lab that does not start.
func faultHint(faults []string) string {
	if len(faults) == 0 {
		return ""
	}
	return "vacant lab --list-faults shows the faults"
}

// start starts the lab and points both stages at it. The lab outlives ctx's
// cancellation, so that a stopped hunt can finish what is in flight.
func (l *labFlags) start(ctx context.Context, dns *dnsstage.Config, rdap *rdapstage.Config) (*lab.Lab, error) {
	cfg, err := l.config()
	if err != nil {
		return nil, err
	}
	running, err := lab.Start(context.WithoutCancel(ctx), cfg)
	if err != nil {
		return nil, usage(err, faultHint(cfg.Faults))
	}
	dns.Roots = running.Roots()
	if dns.Via == dnsstage.ViaResolvers {
		dns.Roots, dns.Resolvers = nil, running.Resolvers()
	}
	rdap.World, rdap.Bootstrap, rdap.Timing = running.World(), running.BootstrapURL(), labTiming
	rdap.RDAPServers, rdap.WHOISServers, rdap.SecondSource = running.Unlisted(), running.WHOIS(), running.SecondSource()
	return running, nil
}
