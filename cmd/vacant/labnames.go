package main

import (
	"fmt"
	"slices"
	"strings"

	"vacant"
	"vacant/cmd/internal/pipeline"
)

// labHas refuses a name under a TLD that this lab does not have: nobody there
// could say anything of it. In the internet all is well.
func (w *ways) labHas(names ...vacant.Name) error {
	for _, name := range names {
		if tlds, lacks := w.labLacks(name.TLD()); lacks {
			return usage(fmt.Errorf("%q: this lab has no TLD %s, only %s", name.Unicode(), name.TLD(), strings.Join(tlds, ", ")), w.labHint(append(tlds, name.TLD())))
		}
	}
	return nil
}

// labHasTLDs is labHas of the suffixes that candidates are made with.
func (w *ways) labHasTLDs(suffixes []string) error {
	var tlds, lacking []string
	for _, suffix := range suffixes {
		if has, lacks := w.labLacks(topOf(suffix)); lacks {
			tlds, lacking = has, append(lacking, suffix)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return usage(fmt.Errorf("this lab has no TLD %s, only %s", pipeline.SomeOf(lacking), strings.Join(tlds, ", ")), w.labHint(append(tlds, lacking...)))
}

// labLacks reports whether this is a lab that has no such TLD, and which it has.
func (w *ways) labLacks(top string) (tlds []string, lacks bool) {
	tlds, isLab := tldsOfWorld(w.world)
	has := slices.ContainsFunc(tlds, func(tld string) bool { return topOf(tld) == top })
	return tlds, isLab && !has && !w.named(top)
}

// topOf is the last label of a suffix.
func topOf(suffix string) string { return suffix[strings.LastIndexByte(suffix, '.')+1:] }

// named reports whether a server of a TLD is named by hand.
func (w *ways) named(tld string) bool {
	return len(w.dns.Authority[tld])+len(w.rdap.RDAPServers[tld])+len(w.rdap.WHOISServers[tld]) > 0
}

// mostHinted is how many TLDs a hint spells out at most.
const mostHinted = 12

// labHint says how a lab comes to have these TLDs.
func (w *ways) labHint(tlds []string) string {
	list := strings.Join(tlds, ",")
	if len(tlds) > mostHinted {
		list = "TLD,TLD"
	}
	if w.lab == nil {
		return "that lab has it when it is started so: vacant lab -t " + list + " ..."
	}
	return "-t names the TLDs of a lab: -t " + list
}

// labHasAll is labHas of arguments that are whole names; what is none of those
// is judged elsewhere.
func (w *ways) labHasAll(args []string) error {
	for _, text := range args {
		name, err := vacant.ParseName(text)
		if err != nil || name.Parent() == "" {
			continue
		}
		if err := w.labHas(name); err != nil {
			return err
		}
	}
	return nil
}

// tldsOfWorld reads the TLDs out of the name of a lab's world.
func tldsOfWorld(world string) (tlds []string, isLab bool) {
	_, list, isLab := strings.Cut(world, " tlds=")
	list, _, _ = strings.Cut(list, " ")
	return strings.Split(list, ","), isLab && strings.HasPrefix(world, "lab ")
}
