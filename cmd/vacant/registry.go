package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"vacant/rdapstage"
)

func newRegistry(a *app) *cobra.Command {
	cmd := group(&cobra.Command{Use: "registry", Short: "What is known about registries, and how their replies read"})
	cmd.AddCommand(newRegistryShow(a), newRegistryUpdate(a), newDoctor(a), newClassify(a))
	return cmd
}

func limitText(l rdapstage.Limit) string {
	switch {
	case l.PerSecond == 0 && l.PerDay == 0:
		return "no limit"
	case l.PerDay == 0:
		return fmt.Sprintf("%g/s", l.PerSecond)
	case l.PerSecond == 0:
		return fmt.Sprintf("%d/day", l.PerDay)
	}
	return fmt.Sprintf("%g/s, %d/day", l.PerSecond, l.PerDay)
}
