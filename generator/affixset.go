package generator

import (
	"slices"
	"strings"
)

// AffixSet is a named set of what is put before and behind names: --prefix @NAME
// and --suffix @NAME.
type AffixSet struct {
	Name, Help    string
	Before, After []string
}

// AffixSets returns the sets in the order in which they are shown.
func AffixSets() []AffixSet {
	f := strings.Fields
	return []AffixSet{
		{"startup", "what new companies put around a word", f(`get go hey join my try use with`), f(`app base flow hq hub ify kit lab labs ly io up`)},
		{"verbs", "do something with it", f(`ask build find get give go join keep learn make meet open play run see send share start take try use`), f(`able er ing it now`)},
		{"people", "who it is for", f(`hello hey i meet my our team the we your`), f(`club crew folk friends guild people squad team tribe`)},
		{"tech", "software, data, machines", f(`auto bit cloud code cyber data dev digi e info net nano smart tech web`), f(`ai api base bit bot byte cloud code data dev grid net ops soft stack tech ware`)},
		{"shop", "to buy and to sell", f(`best buy deal first my pro shop the top`), f(`bazaar box cart deals depot direct goods market mart outlet shop store supply`)},
		{"studio", "to make and to show", f(`art by good made studio the`), f(`art collective craft design media press print studio studios works`)},
		{"place", "somewhere to be", f(`at in near on`), f(`barn base city corner field garden haus hill house land nest park place point port room side spot town valley ville world yard`)},
		{"size", "how large", f(`grand hyper mega meta micro mini multi nano omni poly super ultra uni`), f(`let lite max mini plus pro`)},
		{"sound", "a few letters that make a word a name", f(`a co e o un`), f(`a ble ella en eo er era ette ia ic ify io ique ist ium ix ly o ora oo sy zy`)},
		{"firm", "what firms are called", f(`the`), f(`co corp group holding holdings inc llc ltd partners`)},
	}
}

// expandSets replaces each @NAME by what that set has: sides picks its Before or After.
func expandSets(flag string, texts []string, side func(AffixSet) []string) ([]string, error) {
	var out []string
	for _, t := range texts {
		name, isSet := strings.CutPrefix(strings.ToLower(strings.TrimSpace(t)), "@")
		if !isSet {
			out = append(out, t)
			continue
		}
		sets := AffixSets()
		k := slices.IndexFunc(sets, func(s AffixSet) bool { return s.Name == name })
		if k < 0 {
			var names []string
			for _, s := range sets {
				names = append(names, "@"+s.Name)
			}
			return nil, usage("sets are "+strings.Join(names, ", "), "%s @%s: there is no such set", flag, clip(name))
		}
		out = append(out, side(sets[k])...)
	}
	return out, nil
}
