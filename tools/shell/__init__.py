"""What every command needs: options, output, messages, exit codes."""
