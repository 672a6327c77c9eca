// Prints the cases of cyclonus, which tests network policies of any cluster, and what its model says of each pair of pods.
// It reads the addresses of pods by their names (`namespace/pod`) from stdin.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/mattfenwick/cyclonus/pkg/connectivity/probe"
	"github.com/mattfenwick/cyclonus/pkg/generator"
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	v1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// What cyclonus uses unless it is told otherwise.
var (
	namespaces = []string{"x", "y", "z"}
	pods       = []string{"a", "b", "c"}
	ports      = []int{80, 81}
	protocols  = []v1.Protocol{v1.ProtocolTCP, v1.ProtocolUDP, v1.ProtocolSCTP}
)

type object struct {
	Do        string                          `json:"do"`
	Namespace string                          `json:"namespace"`
	Name      string                          `json:"name,omitempty"`
	Labels    map[string]string               `json:"labels,omitempty"`
	Spec      *networkingv1.NetworkPolicySpec `json:"spec,omitempty"`
}

// A step changes the cluster and then asks of each pair of pods whether the first reaches the ports of the second.
type step struct {
	Actions []object `json:"actions"`
	Pods    []string `json:"pods"`
	Ports   []string `json:"ports"`
	// The pairs that may talk (`from to`), by port.
	Allowed map[string][]string `json:"allowed"`
}

type testCase struct {
	Description string   `json:"description"`
	Tags        []string `json:"tags"`
	Steps       []step   `json:"steps"`
}

type state struct {
	addresses map[string]string
	resources *probe.Resources
	policies  []*networkingv1.NetworkPolicy
}

func main() {
	addresses := map[string]string{}
	must(json.NewDecoder(os.Stdin).Decode(&addresses))
	cases := generator.NewTestCaseGenerator(true, addresses["z/c"], namespaces, nil, nil).GenerateTestCases()
	all := []testCase{}
	for _, one := range cases {
		world := &state{addresses: addresses, resources: start(addresses)}
		tags := one.Tags.Keys()
		sort.Strings(tags)
		printed := testCase{Description: one.Description, Tags: tags}
		for _, next := range one.Steps {
			actions := []object{}
			for _, action := range next.Actions {
				actions = append(actions, world.act(action))
			}
			printed.Steps = append(printed.Steps, world.ask(next.Probe, actions))
		}
		all = append(all, printed)
	}
	must(json.NewEncoder(os.Stdout).Encode(all))
}

func start(addresses map[string]string) *probe.Resources {
	resources := &probe.Resources{Namespaces: map[string]map[string]string{}}
	for _, namespace := range namespaces {
		// The API server adds the label with the name.
		resources.Namespaces[namespace] = map[string]string{"ns": namespace, v1.LabelMetadataName: namespace}
		for _, name := range pods {
			pod := probe.NewDefaultPod(namespace, name, ports, protocols, false, "")
			pod.IP = addresses[namespace+"/"+name]
			resources.Pods = append(resources.Pods, pod)
		}
	}
	return resources
}

func (s *state) act(action *generator.Action) object {
	var err error
	resources := s.resources
	var done object
	switch {
	case action.CreatePolicy != nil:
		policy := action.CreatePolicy.Policy
		s.policies = append(s.policies, policy)
		done = object{Do: "policy", Namespace: policy.Namespace, Name: policy.Name, Spec: &policy.Spec}
	case action.UpdatePolicy != nil:
		policy := action.UpdatePolicy.Policy
		s.policies = append(s.without(policy.Namespace, policy.Name), policy)
		done = object{Do: "policy", Namespace: policy.Namespace, Name: policy.Name, Spec: &policy.Spec}
	case action.DeletePolicy != nil:
		it := action.DeletePolicy
		s.policies = s.without(it.Namespace, it.Name)
		done = object{Do: "delete-policy", Namespace: it.Namespace, Name: it.Name}
	case action.CreateNamespace != nil:
		it := action.CreateNamespace
		resources, err = resources.CreateNamespace(it.Namespace, named(it.Namespace, it.Labels))
		done = object{Do: "namespace", Namespace: it.Namespace, Labels: it.Labels}
	case action.SetNamespaceLabels != nil:
		it := action.SetNamespaceLabels
		resources, err = resources.UpdateNamespaceLabels(it.Namespace, named(it.Namespace, it.Labels))
		done = object{Do: "namespace", Namespace: it.Namespace, Labels: it.Labels}
	case action.DeleteNamespace != nil:
		it := action.DeleteNamespace
		resources, err = resources.DeleteNamespace(it.Namespace)
		done = object{Do: "delete-namespace", Namespace: it.Namespace}
	case action.CreatePod != nil:
		it := action.CreatePod
		resources, err = resources.CreatePod(it.Namespace, it.Pod, it.Labels)
		must(err)
		pod, missing := resources.GetPod(it.Namespace, it.Pod)
		must(missing)
		pod.IP = s.addresses[it.Namespace+"/"+it.Pod]
		done = object{Do: "pod", Namespace: it.Namespace, Name: it.Pod, Labels: it.Labels}
	case action.SetPodLabels != nil:
		it := action.SetPodLabels
		resources, err = resources.SetPodLabels(it.Namespace, it.Pod, it.Labels)
		done = object{Do: "pod", Namespace: it.Namespace, Name: it.Pod, Labels: it.Labels}
	case action.DeletePod != nil:
		it := action.DeletePod
		resources, err = resources.DeletePod(it.Namespace, it.Pod)
		done = object{Do: "delete-pod", Namespace: it.Namespace, Name: it.Pod}
	default:
		err = fmt.Errorf("an action of another kind: %+v", action)
	}
	must(err)
	s.resources = resources
	return done
}

func (s *state) without(namespace string, name string) []*networkingv1.NetworkPolicy {
	var rest []*networkingv1.NetworkPolicy
	for _, policy := range s.policies {
		if policy.Namespace != namespace || policy.Name != name {
			rest = append(rest, policy)
		}
	}
	return rest
}

func (s *state) ask(config *generator.ProbeConfig, actions []object) step {
	said := step{Actions: actions, Allowed: map[string][]string{}}
	for _, pod := range s.resources.Pods {
		said.Pods = append(said.Pods, pod.Namespace+"/"+pod.Name)
	}
	runner := probe.NewSimulatedRunner(matcher.BuildNetworkPolicies(true, s.policies), &probe.JobBuilder{})
	table := runner.RunProbeForConfig(config, s.resources)
	asked := map[string]bool{}
	for _, from := range said.Pods {
		for _, to := range said.Pods {
			for key, result := range table.Get(from, to).JobResults {
				port := strings.ReplaceAll(key, "/", " ")
				if result.Combined != probe.ConnectivityAllowed && result.Combined != probe.ConnectivityBlocked {
					continue
				}
				asked[port] = true
				// What a pod sends to itself never leaves it.
				if result.Combined == probe.ConnectivityAllowed && from != to {
					said.Allowed[port] = append(said.Allowed[port], from+" "+to)
				}
			}
		}
	}
	for port := range asked {
		said.Ports = append(said.Ports, port)
	}
	sort.Strings(said.Ports)
	return said
}

func named(namespace string, labels map[string]string) map[string]string {
	all := map[string]string{v1.LabelMetadataName: namespace}
	for key, value := range labels {
		all[key] = value
	}
	return all
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
