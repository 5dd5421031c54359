# shellcheck shell=bash
# Completions of vmlane for bash: vmlane itself says what may stand for the word at the cursor.

_vmlane() {
	local rest=$COMP_LINE words=() word i
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		# Where bash has broken a word, at = and :, its parts stand side by side.
		if ((i > 0)) && [[ $rest != [[:space:]]* ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
		rest=${rest#"${rest%%[![:space:]]*}"}
		rest=${rest#"$word"}
	done
	local current=${words[-1]} answer=()
	# As typed, so with quotes.
	mapfile -t answer < <("$1" __complete "${words[@]:1}" 2>/dev/null)
	COMPREPLY=()
	if [[ ${answer[0]-} == files ]]; then
		compopt -o default
		return
	fi
	# It replaces only what is behind the last place at which it breaks words.
	local prefix=''
	[[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && prefix=${current%"${current##*:}"}
	[[ $COMP_WORDBREAKS == *=* && $current == *=* && ${#prefix} -eq 0 ]] && prefix=${current%"${current##*=}"}
	for word in "${answer[@]:1}"; do
		word=${word%%$'\t'*}
		word=${word#"$prefix"}
		# Names are not ours: nothing in them may mean something to bash.
		printf -v word %q "$word"
		COMPREPLY+=("$word")
	done
}

complete -F _vmlane vmlane
