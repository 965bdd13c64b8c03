// weft completion: scripts for shells. They ask `weft __complete` for the words, so they never grow old.
import { type CommandModule, words } from '../../command.ts';
import { EXIT } from '../../exit.ts';
import { SCRIPTS, type Shell } from './scripts.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

export const command: CommandModule = {
  declare(declared) {
    declared
      .addArgument(declared.createArgument('<shell>', 'which shell').choices(SHELLS))
      .addHelpText(
        'after',
        [
          '',
          'To load it in every shell:',
          "  bash  echo 'source <(weft completion bash)' >> ~/.bashrc",
          "  zsh   echo 'source <(weft completion zsh)' >> ~/.zshrc     (behind compinit)",
          '  fish  weft completion fish > ~/.config/fish/completions/weft.fish',
        ].join('\n'),
      );
  },

  async run({ io }, args) {
    const [shell] = words(args[0]);
    io.out(SCRIPTS[SHELLS.find((each) => each === shell) ?? 'bash']);
    return EXIT.ok;
  },
};
