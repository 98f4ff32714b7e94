package facts

import (
	"strconv"
	"strings"
	"time"

	"vacant"
)

// Limit is what an operator allows.
type Limit = vacant.Limit

// published is a limit and where it is from.
type published struct {
	limit  Limit
	source string
}

// kinds are the ways in which an operator is asked.
var kinds = []string{string(vacant.KindRDAP), string(vacant.KindWHOIS), string(vacant.KindDAS)}

// addLimit reads a row of limits.tsv. What does not parse is found by the test
// that reads the whole table.
func (t *tables) addLimit(f []string) {
	operator, services := f[0], strings.Split(f[1], "+")
	p := published{parseLimit(f), f[7]}
	switch f[1] {
	case "all":
		t.limits[operator] = p
		for _, kind := range kinds {
			t.budgets[operator+" "+kind] = operator
		}
	case "each":
		for _, kind := range kinds {
			t.limits[ownBudget(operator, kind)] = p
		}
	default:
		name := ownBudget(operator, services[0])
		t.limits[name] = p
		for _, kind := range services {
			t.budgets[operator+" "+kind] = name
		}
	}
}

func parseLimit(f []string) Limit {
	rate, _ := strconv.ParseFloat(f[2], 64)
	burst, _ := strconv.Atoi(f[3])
	count, _ := strconv.Atoi(f[4])
	span, _ := time.ParseDuration(f[5])
	day, _ := strconv.Atoi(f[6])
	return Limit{PerSecond: rate, Burst: burst, Count: count, Span: span, PerDay: day}
}

// ownBudget is the budget of one of an operator's services: of RDAP it has the
// operator's name.
func ownBudget(operator, kind string) string {
	if kind == string(vacant.KindRDAP) {
		return operator
	}
	return operator + "-" + kind
}

// OperatorOfBudget returns whose a budget is: a service's own one, or one for all.
func OperatorOfBudget(budget string) string {
	for _, kind := range kinds {
		if operator, own := strings.CutSuffix(budget, "-"+kind); own {
			return operator
		}
	}
	return budget
}

// BudgetOf returns which budget a question to host by that protocol is counted
// in: the operator's one where its terms count all together, else the service's own.
func BudgetOf(host string, kind vacant.Kind) string {
	if bare := BareHost(host); IsAddress(bare) || bare == "localhost" {
		return host // with its port: a service of its own
	}
	operator := operatorOf(host)
	if name, ok := registryTables().budgets[operator+" "+string(kind)]; ok {
		return name
	}
	return ownBudget(operator, string(kind))
}

// unknownSource is why operators of which nothing is known are asked as they are.
const unknownSource = "nothing is published or known: the polite default"

// PublishedLimit returns the limit of a budget, and where it is from: as
// published, as seen, or the default for all others, which is one question a second,
// two at once. Loopback has no limit.
func PublishedLimit(budget string) (limit Limit, source string) {
	if IsLoopback(budget) {
		return Limit{}, "a server on this machine"
	}
	if p, ok := registryTables().limits[budget]; ok {
		return p.limit, p.source
	}
	return Limit{PerSecond: 1, Burst: 2}, unknownSource
}

// LimitOf returns the limit of a budget.
func LimitOf(budget string) Limit {
	limit, _ := PublishedLimit(budget)
	return limit
}
