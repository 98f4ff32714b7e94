package generator

import (
	"slices"
	"strings"
)

// Preset is a named set of TLDs.
type Preset struct {
	Name, Help string
	TLDs       []string
}

// Presets returns the presets in the order in which they are shown.
func Presets() []Preset {
	return []Preset{
		{"popular", "what most names are registered under", strings.Fields(`com net org io co ai app dev xyz info me de uk`)},
		{"startup", "what new companies choose", strings.Fields(`com io ai co app dev so sh gg xyz tech cloud inc ventures`)},
		{"tech", "software, networks and machines", strings.Fields(`dev app io ai tech cloud software systems codes network digital computer host hosting tools technology bot sh`)},
		{"business", "firms and what they sell", strings.Fields(`com biz company business agency consulting services solutions group inc ltd llc partners capital finance ventures global`)},
		{"shop", "shops and markets", strings.Fields(`shop store sale market buy deals boutique supply gifts fashion bargains discount`)},
		{"creative", "design, media and art", strings.Fields(`art design studio media photo photography gallery ink graphics film video audio blog page`)},
		{"short", "two-letter endings, for the shortest names", strings.Fields(`ai cc co gg io is it la li me sh so to tv uk us vc ws`)},
		{"country", "the largest countries' own", strings.Fields(`de uk cn nl ru br eu fr it au ca pl ch es us be se in at jp cz dk no fi mx kr`)},
		{"europe", "Europe's countries and the Union", strings.Fields(`eu de uk nl fr it es pl ch at be se cz dk no fi pt ie ro hu gr sk bg hr lt lv ee si lu is li`)},
		{"classic", "the generic ones of before 2012", strings.Fields(`com net org info biz name pro`)},
		{"cheap", "generic ones with a low first-year price", strings.Fields(`xyz top site online store shop club space website fun live click link`)},
		{"hack", "endings that finish many words", strings.Fields(`al am as at be ch es fm gs gy im in io is it la ly me nu re se sh so st to us ws`)},
	}
}

// PresetTLDs returns the TLDs of the preset called name.
func PresetTLDs(name string) ([]string, error) {
	var names []string
	for _, p := range Presets() {
		if p.Name == name {
			return slices.Clone(p.TLDs), nil
		}
		names = append(names, p.Name)
	}
	return nil, usage("presets are "+strings.Join(names, ", "), "--preset %s: there is no such preset", clip(name))
}
