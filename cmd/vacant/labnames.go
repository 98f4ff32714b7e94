package main

import (
	"fmt"
	"slices"
	"strings"

	"vacant"
)

// labHas refuses a name under a TLD that this lab does not have: nobody there
// could say anything of it. In the internet all is well.
func (w *ways) labHas(names ...vacant.Name) error {
	tlds, isLab := tldsOfWorld(w.world)
	if !isLab {
		return nil
	}
	tops := make([]string, len(tlds))
	for i, tld := range tlds {
		tops[i] = tld[strings.LastIndexByte(tld, '.')+1:]
	}
	for _, name := range names {
		if top := name.TLD(); !slices.Contains(tops, top) && !w.named(top) {
			return usage(fmt.Errorf("%q: this lab has no TLD %s, only %s", name.Unicode(), top, strings.Join(tlds, ", ")), w.labHint(append(tlds, top)))
		}
	}
	return nil
}

// named reports whether a server of a TLD is named by hand.
func (w *ways) named(tld string) bool {
	return len(w.dns.Authority[tld])+len(w.rdap.RDAPServers[tld])+len(w.rdap.WHOISServers[tld]) > 0
}

// labHint says how a lab comes to have these TLDs.
func (w *ways) labHint(tlds []string) string {
	list := strings.Join(tlds, ",")
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
