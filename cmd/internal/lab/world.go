package lab

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// DefaultDensity is the share of names registered when none is given: about
// what a good pattern meets in com.
const DefaultDensity = 0.9

// The words of [Truth.Verdict].
const (
	verdictAvailable    = "available"
	verdictRegistered   = "registered"
	verdictReserved     = "reserved"
	verdictPremium      = "premium"
	verdictUndetermined = "undetermined"
)

// The words of [Truth.Lifecycle].
const (
	lifeActive        = "active"
	lifeHold          = "hold"
	lifeExpired       = "expired"
	lifeRedemption    = "redemption"
	lifePendingDelete = "pending-delete"
)

// Truth is what is true of a name in a world. Verdict is available, registered, reserved,
// premium, or undetermined for a name that none of the world's registries sells.
// Lifecycle says where a registered name stands.
type Truth struct{ Verdict, Lifecycle string }

// World answers for names without any server running. It is the same world in
// every night; [World.SetNight] says which night it is.
type World struct {
	night    atomic.Int64
	seed     uint64
	density  float64
	danger   float64 // times the usual shares of the names that only a registry can tell from free ones
	key      key
	suffixes map[string]*suffix // the TLDs of the configuration
	above    map[string]bool    // their proper ancestors: uk for co.uk
	reserved map[string]bool
	names    []string // the suffixes, sorted
}

// suffix is an ending under which names are sold.
type suffix struct {
	name     string
	registry *registry
	newGTLD  bool // of ICANN's programme of 2012: withholds short and listed labels, and its RDAP does not say so
}

// NewWorld returns the world of cfg. Density above 1 counts as 1; TLDs are taken without regard to
// case, order and dots around them.
func NewWorld(cfg Config) *World {
	w := &World{
		seed: cfg.Seed, density: cfg.Density, key: keyOf(cfg.Seed),
		suffixes: make(map[string]*suffix), above: make(map[string]bool), reserved: make(map[string]bool),
	}
	w.SetNight(cfg.Night)
	switch {
	case w.density == 0:
		w.density = DefaultDensity
	case w.density < 0:
		w.density = 0
	case w.density > 1:
		w.density = 1
	}
	w.danger = max(cfg.Danger, 1)
	for _, name := range cfg.tlds() {
		w.suffixes[name] = &suffix{name: name, registry: registryOf(topLabel(name)), newGTLD: isNewGTLD(topLabel(name))}
		for up := parent(name); up != ""; up = parent(up) {
			w.above[up] = true
		}
		w.names = append(w.names, name)
	}
	for _, label := range cfg.Reserved {
		w.reserved[strings.ToLower(label)] = true
	}
	return w
}

// tlds returns the TLDs of the configuration, canonical, sorted, each once.
func (c *Config) tlds() []string {
	list := c.TLDs
	if len(list) == 0 {
		list = []string{"com", "dev", "io"}
	}
	out := make([]string, 0, len(list))
	for _, t := range list {
		if t = strings.ToLower(strings.Trim(t, ". ")); t != "" {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// SetNight makes it night n; it may be called while servers answer. Below 0
// counts as 0, beyond [MaxNight] as that.
func (w *World) SetNight(n int) { w.night.Store(int64(min(max(n, 0), MaxNight))) }

// Night returns which night it is.
func (w *World) Night() int { return int(w.night.Load()) }

// String names the world: everything its truth depends on but the night and the
// constant list of reserved labels.
func (w *World) String() string {
	danger := ""
	if w.danger != 1 {
		danger = " danger=" + strconv.FormatFloat(w.danger, 'g', -1, 64)
	}
	return fmt.Sprintf("lab seed=%d density=%s tlds=%s", w.seed,
		strconv.FormatFloat(w.density, 'g', -1, 64), strings.Join(w.names, ",")) + danger
}

// Truth returns what is true of name tonight, which may have upper case and a final dot.
func (w *World) Truth(name string) Truth {
	canonical := []byte(strings.ToLower(strings.TrimSuffix(name, ".")))
	s := w.sold(canonical)
	if s == nil {
		return Truth{Verdict: verdictUndetermined}
	}
	st := w.state(canonical, s)
	return Truth{Verdict: st.verdict, Lifecycle: st.life}
}

// Delegated reports whether DNS shows name to be delegated tonight.
func (w *World) Delegated(name string) bool {
	canonical := []byte(strings.ToLower(strings.TrimSuffix(name, ".")))
	s := w.sold(canonical)
	return s != nil && w.state(canonical, s).dns == dnsDelegated
}

// sold returns the suffix that sells name: the one exactly one label above it.
func (w *World) sold(name []byte) *suffix {
	dot := bytes.IndexByte(name, '.')
	if dot <= 0 || w.suffixes[string(name)] != nil || w.above[string(name)] || !ldh(name[:dot]) {
		return nil
	}
	return w.suffixes[string(name[dot+1:])]
}

// ldh reports whether label could be registered by its characters.
func ldh(label []byte) bool {
	if len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range label {
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func topLabel(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func parent(name string) string {
	_, rest, _ := strings.Cut(name, ".")
	return rest
}
