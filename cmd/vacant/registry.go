package main

import (
	"github.com/spf13/cobra"

	"vacant/rdapstage"
)

func newRegistry(a *app) *cobra.Command {
	cmd := group(&cobra.Command{Use: "registry", Short: "What is known about registries, and how their replies read"})
	cmd.AddCommand(newRegistryShow(a), newRegistryUpdate(a), newDoctor(a), newClassify(a))
	return cmd
}

func limitText(l rdapstage.Limit) string {
	if !l.Limited() {
		return "no limit"
	}
	return l.String()
}
