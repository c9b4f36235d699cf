# bash completion for gp and every gp-*: the options come from -h, when asked.
#
# Installed as .../bash-completion/completions/gp, with a link for each command.

# The words that fit an option's argument, by its placeholder in -h.
_gp_argument() { # placeholder
	case $1 in
	DIR*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	FILE*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	PID*) mapfile -t COMPREPLY < <(cd /proc &&
	    compgen -G '[1-9]*' | grep "^$cur") ;;
	*) COMPREPLY=() ;;
	esac
}

_gp() {
	local IFS=$'\n' cmd=${COMP_WORDS[0]##*/} cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD-1]} run=${COMP_WORDS[0]} help first=1

	COMPREPLY=()
	if [[ $cmd == gp ]]; then
		help=$("$run" -h 2>/dev/null)
		if ((COMP_CWORD == 1)) ||
		    [[ ${COMP_WORDS[1]} == help && $COMP_CWORD -eq 2 ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(sed -n \
			    's/^  gp \([a-z][a-z-]*\)  *[^ ].*/\1/p' \
			    <<< "$help"; echo help)" -- "$cur")
			return
		fi
		[[ ${COMP_WORDS[1]} != help ]] || return
		# As gp does: beside it, then in PATH.
		cmd=gp-${COMP_WORDS[1]}
		[[ $run == */* && -x ${run%/*}/$cmd ]] &&
			run=${run%/*}/$cmd || run=$cmd
		first=2
	fi
	help=$("$run" -h 2>/dev/null) || return

	# "--name = value" are three words to bash, "-o value" two.
	if [[ $cur == '=' ]]; then
		cur='' ; prev=${COMP_WORDS[COMP_CWORD-1]}
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	if ((COMP_CWORD > first)) && [[ $prev == -[!-] || $prev == --* ]]; then
		local arg
		arg=$(sed -nE "s/^  (-., |    )?(--[a-z0-9-]+)=([^ ]+).*/\1 \2 \3/p" \
		    <<< "$help" | sed 's/,//' |
		    awk -v o="$prev" '{ for (i = 1; i < NF; i++)
			if ($i == o) print $NF }')
		if [[ -n $arg ]]; then
			_gp_argument "$arg"
			return
		fi
	fi
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -nE \
		    's/^  (-., |    )(--[a-z0-9-]+=?).*/\2/p' <<< "$help")" \
		    -- "$cur")
		[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace
		return
	fi
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

# The commands: whatever gp -h lists, as it stands when this is read.
for _gp_name in gp $(gp -h 2>/dev/null |
    sed -n 's/^  gp \([a-z][a-z-]*\)  *[^ ].*/gp-\1/p'); do
	complete -F _gp "$_gp_name"
done
unset _gp_name
